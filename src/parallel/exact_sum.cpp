// SPDX-License-Identifier: Apache-2.0
#include "parallel/exact_sum.hpp"
