// SPDX-License-Identifier: Apache-2.0
#include "records/manifest.hpp"
