// SPDX-License-Identifier: Apache-2.0
#include "contrast/select_steps.hpp"
