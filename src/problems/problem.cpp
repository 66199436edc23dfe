// SPDX-License-Identifier: Apache-2.0
#include "problems/problem.hpp"
