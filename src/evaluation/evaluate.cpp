// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluate.hpp"
