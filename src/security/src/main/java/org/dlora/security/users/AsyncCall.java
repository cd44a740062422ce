package org.dlora.security.users;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Call on threads whose queue is bounded. */
final class AsyncCall {
    private AsyncCall() {}

    /**
     * Makes a call on some threads, unless its result is cancelled before its turn.
     *
     * @return fails with {@link SignInRefusedException} if too many wait for the threads
     */
    static <T> CompletableFuture<T> on(Executor threads, Callable<T> call) {
        var result = new CompletableFuture<T>();
        try {
            threads.execute(() -> {
                if (!result.isDone()) {
                    complete(result, call);
                }
            });
        } catch (RejectedExecutionException _) {
            result.completeExceptionally(SignInRefusedException.busy());
        }
        return result;
    }

    private static <T> void complete(CompletableFuture<T> result, Callable<T> call) {
        try {
            result.complete(call.call());
        } catch (Throwable e) {
            result.completeExceptionally(e);
        }
    }
}
