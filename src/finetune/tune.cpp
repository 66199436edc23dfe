// SPDX-License-Identifier: Apache-2.0
#include "finetune/tune.hpp"
