// SPDX-License-Identifier: Apache-2.0
/// The part of AMD's runtime interface that src/device/hip.cpp calls, for a node that a test makes
/// up.
#pragma once

#include <cstddef>

enum hipError_t {
  hipSuccess = 0,
  hipErrorInsufficientDriver = 35,
  hipErrorNoDevice = 100,
  hipErrorInvalidDevice = 101
};

struct ihipStream_t {};
using hipStream_t = ihipStream_t*;

struct hipDeviceProp_t {
  char name[256];
  std::size_t totalGlobalMem;
  char gcnArchName[256];
};

const char* hipGetErrorString(hipError_t error);
const char* hipGetErrorName(hipError_t error);
hipError_t hipGetDeviceCount(int* count);
hipError_t hipGetDeviceProperties(hipDeviceProp_t* properties, int device);
hipError_t hipDeviceGetPCIBusId(char* id, int length, int device);
hipError_t hipRuntimeGetVersion(int* version);
hipError_t hipMemGetInfo(std::size_t* free, std::size_t* total);
