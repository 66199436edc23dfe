// SPDX-License-Identifier: Apache-2.0
#include "lora/peft_files.hpp"
