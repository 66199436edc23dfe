// SPDX-License-Identifier: Apache-2.0
#include "contrast/step_contrasts.hpp"
