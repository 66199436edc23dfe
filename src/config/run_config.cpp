// SPDX-License-Identifier: Apache-2.0
#include "config/run_config.hpp"
