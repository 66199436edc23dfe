// SPDX-License-Identifier: Apache-2.0
#include "model/decoder_config.hpp"
