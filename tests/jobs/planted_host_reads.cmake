# SPDX-License-Identifier: Apache-2.0
# Whether the tests on the stand-in device could fail: the program is linked once more for each
# module that a device's tensors come by, with one source of it in which the host reads a byte of
# such a tensor, and must end by SIGSEGV. (weights, loading and placement see tensors of the host
# alone.)

# Adds the program with `READ`, an address, read by the host behind `AFTER`, a statement without its
# semicolon or the head of a function, which the source has once.
function(lightreasoner_plant_host_read module)
  cmake_parse_arguments(arg "" "SOURCE;AFTER;READ" "LIBRARIES" ${ARGN})
  set(original "${CMAKE_SOURCE_DIR}/src/${module}/${arg_SOURCE}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${original}")
  file(READ "${original}" text)
  string(FIND "${text}" "${arg_AFTER}" first)
  string(FIND "${text}" "${arg_AFTER}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${original}: a host read is planted behind a text that is there once, and "
                        "this is not: ${arg_AFTER}")
  endif()
  if(NOT arg_AFTER MATCHES "{$")
    set(end_of_statement ";")
  endif()
  string(REPLACE "${arg_AFTER}" "${arg_AFTER}${end_of_statement}
  static_cast<void>(*static_cast<const volatile char*>(${arg_READ}));" text "${text}")
  set(planted "${CMAKE_CURRENT_BINARY_DIR}/planted/${module}.cpp")
  file(CONFIGURE OUTPUT "${planted}" CONTENT "${text}" @ONLY)

  # An object is linked before what archives have under the same names.
  set(target planted_host_read_in_${module})
  add_executable(${target} "${planted}")
  target_link_libraries(${target} PRIVATE lightreasoner_stand_in lightreasoner_jobs
                                          lightreasoner_warnings ${arg_LIBRARIES})
  lightreasoner_reuse_torch_pch(${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  set(run_directory "${CMAKE_CURRENT_BINARY_DIR}/planted/run-${module}")
  add_test(NAME planted_host_read.${module}
    COMMAND bash -c "rm -rf '${run_directory}'; ulimit -c 0
'$<TARGET_FILE:${target}>' run '${CMAKE_SOURCE_DIR}/config/runs/micro.toml' \
'run.directory=${run_directory}' > '${run_directory}.log' 2>&1; status=$?
test $status -eq 139 || { tail -n 20 '${run_directory}.log'; echo exit code $status; false; }")
  set_tests_properties(planted_host_read.${module} PROPERTIES LABELS stand_in TIMEOUT 300
    ENVIRONMENT "${LIGHTREASONER_TEST_ENVIRONMENT}")
endfunction()

lightreasoner_plant_host_read(device SOURCE transfer.cpp
  AFTER "at::Tensor to_host(const at::Tensor& tensor) {" READ "tensor.const_data_ptr()")
lightreasoner_plant_host_read(inputs SOURCE inputs.cpp
  AFTER "decoder = model::to_device(loaded.decoder, device)"
  READ "decoder.embedding.const_data_ptr()")
lightreasoner_plant_host_read(attention SOURCE attend.cpp
  AFTER "const auto& [query, key, value] = projections" READ "query.const_data_ptr()")
lightreasoner_plant_host_read(model SOURCE decoder.cpp
  AFTER "at::Tensor hidden = embed_tokens(decoder, batch)" READ "hidden.const_data_ptr()")
lightreasoner_plant_host_read(evaluation SOURCE evaluate.cpp
  AFTER "model::GreedyOptions options" READ "solver.decoder.final_norm.const_data_ptr()")
lightreasoner_plant_host_read(kernels SOURCE contrast_rows.cpp
  AFTER "void sum_steps(const RowPairs& pairs) {" READ pairs.expert.values
  LIBRARIES KokkosPortable::kokkos)
lightreasoner_plant_host_read(contrast SOURCE contrast_steps.cpp
  AFTER "require_fit(expert, amateur, plausibility_floor)" READ amateur.values)
lightreasoner_plant_host_read(sampling SOURCE contrast_chunk.cpp
  AFTER "const text::SharedVocabulary& shared = rules.shared" READ "expert.const_data_ptr()")
lightreasoner_plant_host_read(lora SOURCE adapter.cpp
  AFTER "at::Tensor seen = input.to(at::kFloat)" READ "seen.const_data_ptr()")
lightreasoner_plant_host_read(finetune SOURCE tune.cpp
  AFTER "const TuningState state = to_host(tuning)"
  READ "tuning.optimizer.first_moment.const_data_ptr()")
lightreasoner_plant_host_read(stages SOURCE evaluate.cpp
  AFTER "const lora::AttachedAdapter scored(inputs.expert, adapter)"
  READ "inputs.expert.head.const_data_ptr()")
