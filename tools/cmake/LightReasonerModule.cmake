# SPDX-License-Identifier: Apache-2.0
# lightreasoner_add_module(NAME SOURCES ... DEPENDS our modules ... LIBRARIES outside targets ...)
#
# The include path of a module holds its own folder and the folders of the modules in DEPENDS (and
# theirs), nothing else: an include against the arrows does not compile. Each folder is reached
# through a link of its own in the build tree, because `src` as a whole would show every module.

# One precompiled <ATen/ATen.h> for all translation units that see LibTorch (20 s each without it).
file(WRITE "${CMAKE_BINARY_DIR}/torch_pch.cpp" "")
add_library(lightreasoner_torch_pch OBJECT "${CMAKE_BINARY_DIR}/torch_pch.cpp")
target_link_libraries(lightreasoner_torch_pch PRIVATE LibTorch::cpu lightreasoner_warnings)
target_precompile_headers(lightreasoner_torch_pch PRIVATE <ATen/ATen.h>)
# ccache reads preprocessed text, where GCC leaves out a precompiled header by default.
set(LIGHTREASONER_PCH_OPTIONS "")
if(LIGHTREASONER_CCACHE AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
  set(LIGHTREASONER_PCH_OPTIONS $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
target_compile_options(lightreasoner_torch_pch PRIVATE ${LIGHTREASONER_PCH_OPTIONS})

function(lightreasoner_reuse_torch_pch target)
  target_precompile_headers(${target} REUSE_FROM lightreasoner_torch_pch)
  target_compile_options(${target} PRIVATE ${LIGHTREASONER_PCH_OPTIONS})
endfunction()

function(lightreasoner_add_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "module ${name}: unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(root "${CMAKE_BINARY_DIR}/modules/${name}")
  file(MAKE_DIRECTORY "${root}")
  file(CREATE_LINK "${CMAKE_SOURCE_DIR}/src/${name}" "${root}/${name}" SYMBOLIC)

  list(TRANSFORM arg_SOURCES PREPEND "${CMAKE_SOURCE_DIR}/src/${name}/")
  list(TRANSFORM arg_DEPENDS PREPEND lightreasoner_ OUTPUT_VARIABLE depends)
  set(target lightreasoner_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  target_include_directories(${target} PUBLIC "${root}")
  target_link_libraries(${target} PUBLIC ${depends} ${arg_LIBRARIES}
                                  PRIVATE lightreasoner_warnings ${arg_PRIVATE_LIBRARIES})
  if("LibTorch::cpu" IN_LIST arg_LIBRARIES)
    lightreasoner_reuse_torch_pch(${target})
  endif()
endfunction()

# Compiles the commit and compiler into a module; looked up anew at every build.
function(lightreasoner_add_build_info name)
  set(generated "${CMAKE_BINARY_DIR}/build_info.cpp")
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  add_custom_target(lightreasoner_build_info BYPRODUCTS "${generated}"
    COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DOUTPUT=${generated}
            -DVERSION=${PROJECT_VERSION}
            "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
            "-DFLAGS=${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}"
            -P "${CMAKE_SOURCE_DIR}/tools/cmake/LightReasonerBuildInfo.cmake" VERBATIM)
  target_sources(lightreasoner_${name} PRIVATE "${generated}")
  add_dependencies(lightreasoner_${name} lightreasoner_build_info)
endfunction()
