# SPDX-License-Identifier: Apache-2.0
# One interface target that carries the warnings and sanitizers of our own code.
add_library(lightreasoner_warnings INTERFACE)
target_compile_options(lightreasoner_warnings INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wold-style-cast;-Wnon-virtual-dtor>"
  "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=cross-execution-space-call,reorder>"
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${LIGHTREASONER_WERROR}>>:-Werror>)
if(LIGHTREASONER_SANITIZE)
  # With sanitizers GCC 12 takes members in its own <regex> for uninitialized (GCC bug 105562).
  target_compile_options(lightreasoner_warnings INTERFACE
    -fsanitize=${LIGHTREASONER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(lightreasoner_warnings INTERFACE -fsanitize=${LIGHTREASONER_SANITIZE})
endif()
