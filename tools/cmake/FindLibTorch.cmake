# SPDX-License-Identifier: Apache-2.0
# LibTorch's CPU half as the target LibTorch::cpu, from a site module, a LibTorch archive or a
# `torch` wheel, and its half for a vendor's devices as LibTorch::cuda or LibTorch::hip where it has
# one. The wheel's own TorchConfig asks for the whole CUDA toolkit, so the libraries that are used
# are linked directly. What CMAKE_PREFIX_PATH names comes before .deps, and that before the system's.
find_path(LibTorch_INCLUDE_DIR ATen/ATen.h HINTS "${CMAKE_SOURCE_DIR}/.deps/libtorch"
          PATH_SUFFIXES torch/include include)
find_library(LibTorch_torch_cpu torch_cpu HINTS "${CMAKE_SOURCE_DIR}/.deps/libtorch"
             PATH_SUFFIXES torch/lib lib)
find_library(LibTorch_c10 c10 HINTS "${CMAKE_SOURCE_DIR}/.deps/libtorch"
             PATH_SUFFIXES torch/lib lib)

# The version's place moved between releases.
find_file(_version_header
          NAMES torch/headeronly/version.h torch/version.h torch/csrc/api/include/torch/version.h
          PATHS "${LibTorch_INCLUDE_DIR}" NO_DEFAULT_PATH NO_CACHE)
if(_version_header)
  file(STRINGS "${_version_header}" _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH)")
  foreach(_line IN LISTS _lines)
    if(_line MATCHES "TORCH_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+)")
      set(_${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
    endif()
  endforeach()
  set(LibTorch_VERSION "${_MAJOR}.${_MINOR}.${_PATCH}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_torch_cpu LibTorch_c10 LibTorch_INCLUDE_DIR VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "tools/install_deps puts one into .deps, a site's own is named by CMAKE_PREFIX_PATH.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::cpu INTERFACE IMPORTED)
  # A wheel's include folder also holds headers of other libraries (fmt, pybind11, sleef), so it is
  # searched last: ours must match the libraries we link.
  set_target_properties(LibTorch::cpu PROPERTIES
    INTERFACE_COMPILE_OPTIONS
      "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-idirafter \"${LibTorch_INCLUDE_DIR}\">"
    INTERFACE_LINK_LIBRARIES "${LibTorch_torch_cpu};${LibTorch_c10}")
endif()
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_torch_cpu LibTorch_c10)

get_filename_component(_folder "${LibTorch_torch_cpu}" DIRECTORY)
foreach(_vendor cuda hip)
  find_library(LibTorch_torch_${_vendor} torch_${_vendor} PATHS "${_folder}" NO_DEFAULT_PATH)
  find_library(LibTorch_c10_${_vendor} c10_${_vendor} PATHS "${_folder}" NO_DEFAULT_PATH)
  mark_as_advanced(LibTorch_torch_${_vendor} LibTorch_c10_${_vendor})
  if(LibTorch_torch_${_vendor} AND LibTorch_c10_${_vendor} AND NOT TARGET LibTorch::${_vendor})
    add_library(LibTorch::${_vendor} INTERFACE IMPORTED)
    # Operators register themselves when their library is loaded: of AMD's no symbol is named.
    target_link_libraries(LibTorch::${_vendor} INTERFACE LibTorch::cpu
      $<$<STREQUAL:${_vendor},hip>:-Wl,--no-as-needed>
      "${LibTorch_torch_${_vendor}}" "${LibTorch_c10_${_vendor}}")
    # What it needs itself (BLAS, NCCL) is found where it says, at run time; the linker would look
    # into the toolkit first, and find others.
    target_link_options(LibTorch::${_vendor} INTERFACE LINKER:--allow-shlib-undefined)
  endif()
endforeach()
