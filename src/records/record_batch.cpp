// SPDX-License-Identifier: Apache-2.0
#include "records/record_batch.hpp"
