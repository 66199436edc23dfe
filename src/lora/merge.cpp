// SPDX-License-Identifier: Apache-2.0
#include "lora/merge.hpp"
