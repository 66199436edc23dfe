# SPDX-License-Identifier: Apache-2.0
# What a rank may compute on, the libraries that takes, and how the kernels are compiled for it.
set(LIGHTREASONER_DEVICE cpu CACHE STRING "What ranks may compute on: cpu, cuda or hip (and the CPU)")
set_property(CACHE LIGHTREASONER_DEVICE PROPERTY STRINGS cpu cuda hip)
option(LIGHTREASONER_HOST_KERNELS
  "With a vendor's LibTorch and a Kokkos for the host: shows that all but the kernels links" OFF)
if(NOT LIGHTREASONER_DEVICE MATCHES "^(cpu|cuda|hip)$")
  message(FATAL_ERROR "LIGHTREASONER_DEVICE is '${LIGHTREASONER_DEVICE}': cpu, cuda or hip")
endif()
# Has the sources of a target compiled for the device.
function(lightreasoner_compile_for_device target)
  if(LIGHTREASONER_DEVICE STREQUAL "cuda" AND NOT LIGHTREASONER_HOST_KERNELS)
    get_target_property(sources ${target} SOURCES)
    set_source_files_properties(${sources} TARGET_DIRECTORY ${target} PROPERTIES LANGUAGE CUDA)
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:CUDA>:--extended-lambda;--expt-relaxed-constexpr>)
  endif()
endfunction()

# The sources of src/device that the build takes, and what they need beside LibTorch's CPU half.
set(LIGHTREASONER_BACK_END gpu.cpp ${LIGHTREASONER_DEVICE}.cpp)
add_library(lightreasoner_gpu INTERFACE)
if(LIGHTREASONER_DEVICE STREQUAL "cpu")
  set(LIGHTREASONER_BACK_END cpu.cpp)
  return()
endif()

# 1. The vendor's runtime, shared: LibTorch has loaded it too, and there must be one of it.
if(LIGHTREASONER_DEVICE STREQUAL "cuda")
  find_package(CUDAToolkit REQUIRED)
  set(lightreasoner_runtime CUDA::cudart)
  set(lightreasoner_back_end CUDA)
else()
  find_package(hip CONFIG REQUIRED)
  set(lightreasoner_runtime hip::host)
  set(lightreasoner_back_end HIP)
endif()
if(NOT TARGET LibTorch::${LIGHTREASONER_DEVICE})
  message(FATAL_ERROR "The LibTorch at ${LibTorch_INCLUDE_DIR} is for the CPU alone. "
    "Name one for ${LIGHTREASONER_DEVICE} by CMAKE_PREFIX_PATH.")
endif()
target_link_libraries(lightreasoner_gpu INTERFACE LibTorch::${LIGHTREASONER_DEVICE}
                                                  ${lightreasoner_runtime})

# 2. The kernels.
if(LIGHTREASONER_HOST_KERNELS)
  set(LIGHTREASONER_KERNEL_ARCHITECTURES "")
elseif(NOT Kokkos_ENABLE_${lightreasoner_back_end})
  message(FATAL_ERROR "Kokkos ${KokkosPortable_VERSION} was built without ${lightreasoner_back_end}. "
    "Name one that has it by Kokkos_ROOT; LIGHTREASONER_HOST_KERNELS=ON shows without one that "
    "all else compiles and links.")
elseif(LIGHTREASONER_DEVICE STREQUAL "cuda")
  if(CUDAToolkit_VERSION VERSION_GREATER_EQUAL 13 AND KokkosPortable_VERSION VERSION_LESS 4.7.1)
    message(FATAL_ERROR "Kokkos ${KokkosPortable_VERSION} does not compile with CUDA "
      "${CUDAToolkit_VERSION}: it takes 4.7.1 or later.")
  endif()
  set(CMAKE_CUDA_ARCHITECTURES ${Kokkos_CUDA_ARCHITECTURES})
  set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
  set(CMAKE_CUDA_STANDARD 20)
  enable_language(CUDA)
  # Which CMake itself knows from 3.26 on.
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
  endif()
  # Its options make CUDA of C++ by nvcc_wrapper, as compiler and linker; here languages do.
  set_target_properties(Kokkos::kokkoscore PROPERTIES
    INTERFACE_COMPILE_DEFINITIONS "" INTERFACE_COMPILE_OPTIONS "" INTERFACE_LINK_OPTIONS "")
  list(TRANSFORM Kokkos_CUDA_ARCHITECTURES REPLACE "^([0-9]+).*" "sm_\\1"
       OUTPUT_VARIABLE LIGHTREASONER_KERNEL_ARCHITECTURES)
else()
  # Kokkos' own options make HIP of C++, whose compiler has to be the one that Kokkos was built with.
  set(LIGHTREASONER_KERNEL_ARCHITECTURES ${Kokkos_HIP_ARCHITECTURES})
endif()
list(JOIN LIGHTREASONER_KERNEL_ARCHITECTURES " " LIGHTREASONER_KERNEL_ARCHITECTURES)
target_compile_definitions(lightreasoner_gpu INTERFACE
  LIGHTREASONER_KERNEL_ARCHITECTURES="${LIGHTREASONER_KERNEL_ARCHITECTURES}"
  $<$<STREQUAL:${LIGHTREASONER_DEVICE},hip>:USE_ROCM>)
