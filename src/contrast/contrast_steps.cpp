// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_steps.hpp"
