# SPDX-License-Identifier: Apache-2.0
# lightreasoner_add_test(MODULE SOURCES ...)            one GoogleTest executable a module
# lightreasoner_add_mpi_test(MODULE [NAME name] SOURCES ...)   the same program at each of
#                                                       LIGHTREASONER_TEST_RANKS
# lightreasoner_add_device_test(MODULE SOURCES ... [STAND_IN_SOURCES ...])
#                                                       SOURCES on the stand-in device, whose objects
#                                                       take the back-end's place, and on the GPU
#                                                       that the build is for; the others on the
#                                                       stand-in alone
find_package(GTest REQUIRED)

set(LIGHTREASONER_TEST_ENVIRONMENT
  "OMP_NUM_THREADS=1;OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1;OMPI_MCA_mpi_yield_when_idle=1;OMPI_MCA_btl_vader_single_copy_mechanism=none;OMPI_MCA_hwloc_base_binding_policy=none")
# Leaks are looked for; what Open MPI never frees is left out of account (lsan.supp), which takes
# whole stacks to tell: the fast unwinder stops at the first frame of a library. Up to version 13
# GCC's runtime now and then takes the wrong memory for a thread's own and crashes as it looks for
# leaks (google/sanitizers issue 1322), unless it is told not to watch where that lies.
if(LIGHTREASONER_SANITIZE MATCHES address)
  list(APPEND LIGHTREASONER_TEST_ENVIRONMENT
    "ASAN_OPTIONS=fast_unwind_on_malloc=0:allocator_may_return_null=1:intercept_tls_get_addr=0"
    "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/support/lsan.supp:print_suppressions=0")
endif()
# Hangs end, and more ranks than cores on a slow machine do not: sanitizers take ten times as long.
set(lightreasoner_test_seconds 300)
if(LIGHTREASONER_SANITIZE)
  set(lightreasoner_test_seconds 1800)
endif()

# With LIGHTREASONER_NO_SKIPS a GoogleTest that skips itself fails, but on what needs a device.
function(lightreasoner_refuse_skips)
  if(NOT LIGHTREASONER_NO_SKIPS)
    return()
  endif()
  foreach(test ${ARGN})
    get_test_property(${test} LABELS labels)
    if(NOT labels MATCHES "gpu|cuda_link")
      set_tests_properties(${test} PROPERTIES FAIL_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
    endif()
  endforeach()
endfunction()

function(lightreasoner_test_executable target module)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE lightreasoner_${module} lightreasoner_test_support
                                          lightreasoner_warnings GTest::gtest GTest::gmock)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_compile_definitions(${target} PRIVATE
    LIGHTREASONER_SOURCE_DIR="${CMAKE_SOURCE_DIR}" LIGHTREASONER_BINARY_DIR="${CMAKE_BINARY_DIR}")
  get_target_property(libraries lightreasoner_${module} LINK_LIBRARIES)
  if("LibTorch::cpu" IN_LIST libraries)
    lightreasoner_reuse_torch_pch(${target})
  endif()
endfunction()

function(lightreasoner_add_test module)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  set(target ${module}_test)
  lightreasoner_test_executable(${target} ${module} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE lightreasoner_test_main ${arg_LIBRARIES})
  add_test(NAME ${module} COMMAND ${target})
  set_tests_properties(${module} PROPERTIES LABELS unit TIMEOUT ${lightreasoner_test_seconds}
    ENVIRONMENT "${LIGHTREASONER_TEST_ENVIRONMENT}")
  lightreasoner_refuse_skips(${module})
endfunction()

# What tools/test --gpu builds.
add_custom_target(gpu_tests)
# One at a time, and said to be skipped where there is no device.
function(lightreasoner_label_gpu test executable)
  add_dependencies(gpu_tests ${executable})
  set_property(TEST ${test} PROPERTY FAIL_REGULAR_EXPRESSION)  # skipping itself is what it may
  set_tests_properties(${test} PROPERTIES LABELS gpu RESOURCE_LOCK gpu
    SKIP_REGULAR_EXPRESSION "skipped: no device" TIMEOUT ${lightreasoner_test_seconds}
    ENVIRONMENT "${LIGHTREASONER_TEST_ENVIRONMENT}")
endfunction()

function(lightreasoner_add_device_test module)
  cmake_parse_arguments(arg "" "" "SOURCES;STAND_IN_SOURCES" ${ARGN})
  lightreasoner_test_executable(${module}_stand_in_test ${module} ${arg_STAND_IN_SOURCES})
  target_link_libraries(${module}_stand_in_test PRIVATE lightreasoner_stand_in
                                                        lightreasoner_test_main)
  add_test(NAME ${module}_stand_in COMMAND ${module}_stand_in_test)
  set_tests_properties(${module}_stand_in PROPERTIES LABELS stand_in
    TIMEOUT ${lightreasoner_test_seconds} ENVIRONMENT "${LIGHTREASONER_TEST_ENVIRONMENT}")
  lightreasoner_refuse_skips(${module}_stand_in)
  if(NOT arg_SOURCES)
    return()
  endif()

  set(objects ${module}_device_test)
  add_library(${objects} OBJECT ${arg_SOURCES})
  target_link_libraries(${objects} PRIVATE lightreasoner_${module} lightreasoner_test_support
                                           lightreasoner_warnings GTest::gtest GTest::gmock)
  target_compile_definitions(${objects} PRIVATE LIGHTREASONER_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  lightreasoner_reuse_torch_pch(${objects})
  target_link_libraries(${module}_stand_in_test PRIVATE ${objects})
  lightreasoner_test_executable(${module}_gpu_test ${module})
  target_link_libraries(${module}_gpu_test PRIVATE ${objects} lightreasoner_gpu_under_test
                                                   lightreasoner_test_main)
  add_test(NAME ${module}_gpu COMMAND ${module}_gpu_test)
  lightreasoner_label_gpu(${module}_gpu ${module}_gpu_test)
endfunction()

function(lightreasoner_add_mpi_test module)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_NAME)
    set(arg_NAME ${module})
  endif()
  set(target ${arg_NAME}_mpi_test)
  lightreasoner_test_executable(${target} ${module} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE lightreasoner_test_mpi_main ${arg_LIBRARIES})
  foreach(ranks ${LIGHTREASONER_TEST_RANKS})
    set(name ${arg_NAME}_mpi.np${ranks})
    add_test(NAME ${name} COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ranks}
                                  $<TARGET_FILE:${target}>)
    set_tests_properties(${name} PROPERTIES LABELS "mpi;np${ranks}" PROCESSORS ${ranks}
      TIMEOUT ${lightreasoner_test_seconds} ENVIRONMENT "${LIGHTREASONER_TEST_ENVIRONMENT}")
    lightreasoner_refuse_skips(${name})
  endforeach()
endfunction()
