/* Memory of a thread for what a kernel rounds; the next kernel on the thread uses it again. */
#ifndef DLORA_SCRATCH_H
#define DLORA_SCRATCH_H

#include <stdint.h>

/*
 * Sixteen rows of the most columns. It is not on the stack, which a JVM's threads may have little of, and
 * there is one for all kernels, because a thread has all of it in memory from its first call on.
 */
#define SCRATCH_ELEMENTS (16 * 65536)

extern _Thread_local uint16_t dlora_scratch[SCRATCH_ELEMENTS] __attribute__((aligned(64), visibility("hidden")));

#endif
