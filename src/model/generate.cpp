// SPDX-License-Identifier: Apache-2.0
#include "model/generate.hpp"
