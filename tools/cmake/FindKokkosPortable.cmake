# SPDX-License-Identifier: Apache-2.0
# Kokkos as the target KokkosPortable::kokkos. A site's own package is taken as it is; Debian's build
# inside Trilinos names a folder in its CMake files that does not exist, so that one is described
# here by its header and library.
# Which compiler takes what is said by the language of a source, not by a launcher of Kokkos'.
set(Kokkos_LAUNCH_COMPILER OFF)
find_package(Kokkos CONFIG QUIET)
add_library(KokkosPortable::kokkos INTERFACE IMPORTED)

set(_kokkos_package_is_sound FALSE)
if(TARGET Kokkos::kokkoscore)
  get_target_property(_folders Kokkos::kokkoscore INTERFACE_INCLUDE_DIRECTORIES)
  foreach(_folder IN LISTS _folders)
    string(REGEX REPLACE "^\\$<BUILD_INTERFACE:(.*)>$" "\\1" _folder "${_folder}")
    if(EXISTS "${_folder}/Kokkos_Core.hpp")
      set(_kokkos_package_is_sound TRUE)
    endif()
  endforeach()
endif()

if(_kokkos_package_is_sound)
  set(KokkosPortable_VERSION ${Kokkos_VERSION})
  set(_kokkos_where Kokkos::kokkos)
  target_link_libraries(KokkosPortable::kokkos INTERFACE Kokkos::kokkos)
else()
  find_path(KokkosPortable_INCLUDE_DIR Kokkos_Core.hpp PATH_SUFFIXES trilinos kokkos)
  find_library(KokkosPortable_LIBRARY NAMES kokkoscore trilinos_kokkoscore)
  if(KokkosPortable_INCLUDE_DIR AND KokkosPortable_LIBRARY)
    file(STRINGS "${KokkosPortable_INCLUDE_DIR}/KokkosCore_config.h" _line
         REGEX "define KOKKOS_VERSION [0-9]+")
    string(REGEX MATCH "[0-9]+$" _packed "${_line}")
    math(EXPR _major "${_packed} / 10000")
    math(EXPR _minor "${_packed} / 100 % 100")
    math(EXPR _patch "${_packed} % 100")
    set(KokkosPortable_VERSION "${_major}.${_minor}.${_patch}")
    set(_kokkos_where "${KokkosPortable_LIBRARY}")
    target_include_directories(KokkosPortable::kokkos SYSTEM INTERFACE
                               "${KokkosPortable_INCLUDE_DIR}")
    target_link_libraries(KokkosPortable::kokkos INTERFACE "${KokkosPortable_LIBRARY}"
                                                           ${CMAKE_DL_LIBS})
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(KokkosPortable
  REQUIRED_VARS _kokkos_where VERSION_VAR KokkosPortable_VERSION)
