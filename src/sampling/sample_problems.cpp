// SPDX-License-Identifier: Apache-2.0
#include "sampling/sample_problems.hpp"
