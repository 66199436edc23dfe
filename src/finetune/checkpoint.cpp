// SPDX-License-Identifier: Apache-2.0
#include "finetune/checkpoint.hpp"
