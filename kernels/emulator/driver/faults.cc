#include "faults.h"

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include <cstdio>

#include "../emulator.h"

namespace standin {

namespace {

constexpr size_t STACK_BYTES = 64 << 10;

pthread_t thread;
volatile sig_atomic_t in_kernel;
bool illegal;
struct sigaction before[NSIG];

#ifdef __x86_64__
[[noreturn]] void end_kernel() {
  illegal = true;
  emulator::fail("illegal access to memory");
}

/*
 * Goes on with end_kernel where a kernel failed, on its stack. All other faults are left to whom they belonged
 * before: a JVM uses some for its own work.
 */
void handle(int signal, siginfo_t *info, void *context) {
  if (in_kernel && pthread_equal(pthread_self(), thread)) {
    in_kernel = 0;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    registers[REG_RSP] = (registers[REG_RSP] - 512) / 16 * 16 - 8; /* as after a call, below what leaf functions use */
    registers[REG_RIP] = (greg_t)end_kernel;
    return;
  }
  const struct sigaction &other = before[signal];
  if (other.sa_flags & SA_SIGINFO) {
    other.sa_sigaction(signal, info, context);
  } else if (other.sa_handler != SIG_DFL && other.sa_handler != SIG_IGN) {
    other.sa_handler(signal);
  } else {
    sigaction(signal, &other, nullptr); /* the fault comes again, and ends the process */
  }
}
#endif

}  // namespace

void catch_faults() {
  thread = pthread_self();
#ifdef __x86_64__
  static unsigned char stack[STACK_BYTES];
  stack_t signals = {};
  signals.ss_sp = stack;
  signals.ss_size = sizeof stack;
  sigaltstack(&signals, nullptr);
  for (int signal : {SIGSEGV, SIGBUS}) {
    struct sigaction action = {};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(signal, nullptr, &before[signal]);
    action.sa_mask = before[signal].sa_mask;
    action.sa_flags |= before[signal].sa_flags & SA_NODEFER;
    sigaction(signal, &action, nullptr);
  }
#endif
}

CUresult run_guarded(const std::function<void()> &kernel) {
  illegal = false;
  in_kernel = 1;
  try {
    kernel();
    in_kernel = 0;
    return CUDA_SUCCESS;
  } catch (const emulator::Failure &failure) {
    in_kernel = 0;
    fprintf(stderr, "stand-in for CUDA: %s\n", failure.what());
    return illegal ? CUDA_ERROR_ILLEGAL_ADDRESS : CUDA_ERROR_LAUNCH_FAILED;
  }
}

}  // namespace standin
