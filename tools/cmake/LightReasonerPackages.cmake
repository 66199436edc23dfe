# SPDX-License-Identifier: Apache-2.0
# Every outside library, found once and named as a target.
find_package(MPI 3.0 REQUIRED COMPONENTS CXX)
set(HDF5_PREFER_PARALLEL ON)
find_package(HDF5 1.10 REQUIRED COMPONENTS C)
if(NOT HDF5_IS_PARALLEL)
  message(FATAL_ERROR "HDF5 ${HDF5_VERSION} was built without MPI. "
                      "Load or install the parallel build (Debian: libhdf5-openmpi-dev).")
endif()
find_package(LibTorch 2.4 REQUIRED)
find_package(KokkosPortable 3.4 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)

# The C interface alone: Open MPI's retired C++ bindings are left out.
add_library(lightreasoner_mpi INTERFACE)
target_link_libraries(lightreasoner_mpi INTERFACE MPI::MPI_CXX)
target_compile_definitions(lightreasoner_mpi INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)

add_library(lightreasoner_hdf5 INTERFACE)
target_include_directories(lightreasoner_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_compile_definitions(lightreasoner_hdf5 INTERFACE ${HDF5_C_DEFINITIONS})
target_link_libraries(lightreasoner_hdf5 INTERFACE ${HDF5_C_LIBRARIES})
