/* Faults of kernels: they end the kernel, and not the process. */
#ifndef DLORA_STANDIN_FAULTS_H
#define DLORA_STANDIN_FAULTS_H

#include <functional>

#include "cuda_api.h"

namespace standin {

/* Prepares the calling thread, which is the only one that runs kernels. */
void catch_faults();

/* Runs a kernel; an access to memory that is not there ends it. */
CUresult run_guarded(const std::function<void()> &kernel);

}  // namespace standin

#endif
