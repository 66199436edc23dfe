# SPDX-License-Identifier: Apache-2.0
# Kokkos as the target Kokkos::kokkos. A site's own package is taken as it is; Debian's build inside
# Trilinos names a folder in its CMake files that does not exist, so it is found by header and library.
find_package(Kokkos CONFIG QUIET)
if(TARGET Kokkos::kokkos AND Kokkos_VERSION VERSION_GREATER_EQUAL 3.4)
  set(KokkosPortable_VERSION ${Kokkos_VERSION})
  set(_kokkos_where "Kokkos::kokkos")
else()
  find_path(KokkosPortable_INCLUDE_DIR Kokkos_Core.hpp PATH_SUFFIXES trilinos kokkos)
  find_library(KokkosPortable_LIBRARY NAMES kokkoscore trilinos_kokkoscore)
  if(KokkosPortable_INCLUDE_DIR)
    file(STRINGS "${KokkosPortable_INCLUDE_DIR}/KokkosCore_config.h" _line REGEX "define KOKKOS_VERSION [0-9]+")
    string(REGEX MATCH "[0-9]+$" _packed "${_line}")
    math(EXPR _major "${_packed} / 10000")
    math(EXPR _minor "${_packed} / 100 % 100")
    math(EXPR _patch "${_packed} % 100")
    set(KokkosPortable_VERSION "${_major}.${_minor}.${_patch}")
  endif()
  if(KokkosPortable_INCLUDE_DIR AND KokkosPortable_LIBRARY)
    set(_kokkos_where "${KokkosPortable_LIBRARY}")
    if(NOT TARGET Kokkos::kokkos)
      add_library(Kokkos::kokkos INTERFACE IMPORTED)
      set_target_properties(Kokkos::kokkos PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${KokkosPortable_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "${KokkosPortable_LIBRARY};${CMAKE_DL_LIBS}")
    endif()
  endif()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(KokkosPortable
  REQUIRED_VARS _kokkos_where VERSION_VAR KokkosPortable_VERSION)
