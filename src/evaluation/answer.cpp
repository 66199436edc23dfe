// SPDX-License-Identifier: Apache-2.0
#include "evaluation/answer.hpp"
