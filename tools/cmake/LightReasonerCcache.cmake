# SPDX-License-Identifier: Apache-2.0
# Compiles through ccache where it is installed and nobody chose another launcher.
find_program(LIGHTREASONER_CCACHE ccache)
mark_as_advanced(LIGHTREASONER_CCACHE)
if(LIGHTREASONER_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without the first two, ccache does not look at files that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros "${LIGHTREASONER_CCACHE}")
endif()
