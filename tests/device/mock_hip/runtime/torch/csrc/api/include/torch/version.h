// SPDX-License-Identifier: Apache-2.0
/// The version is a definition of the target's.
#pragma once
