package org.dlora.api.openai.call;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.constraint.ConstraintDefinition;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Compilation of the constraints of calls, on threads for it. A call is read on the threads for
 * bodies; where its constraint has to be compiled first, it is read anew on those for compilation.
 * So calls whose constraints are kept, and those without, never wait for it.
 */
public final class CallCompilation {
    private static final ScopedValue<Boolean> KEPT_ALONE = ScopedValue.newInstance();

    private CallCompilation() {}

    /** A constraint that has to be compiled. */
    private static final class UncompiledException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UncompiledException() {
            super("The constraint is not compiled yet", null, false, false);
        }
    }

    /**
     * Returns the call that a reader reads. Ends in 503 if it is interrupted while the client still
     * waits, as where the server ends.
     *
     * @param reader may run twice
     */
    public static <T> Mono<T> read(WorkPools pools, Callable<T> reader) {
        return interruptible(
                pools.bodies()
                        .<T>run(() -> ScopedValue.where(KEPT_ALONE, true).call(reader::call))
                        .onErrorResume(
                                UncompiledException.class,
                                _ -> pools.compilation().<T>run(reader)));
    }

    /**
     * Completes on {@code thread} once the constraint of a call that was read can be used at once.
     * Others may have pushed it out meanwhile; then it is compiled again, and not on {@code
     * thread}. It is the last one that others push out from now on.
     */
    public static Mono<Void> keep(WorkPools pools, Call call, Scheduler thread) {
        var definition = call.options().constraint();
        if (definition == null) {
            return Mono.empty();
        }
        var compiler = call.selected().served().models().base().constraints();
        return compiler.isKept(definition)
                ? Mono.empty()
                : interruptible(pools.compilation().run(() -> compiler.compile(definition)))
                        .publishOn(thread)
                        .then();
    }

    private static <T> Mono<T> interruptible(Mono<T> work) {
        return work.onErrorMap(
                CancellationException.class,
                _ -> ApiException.overloaded("The call was interrupted before it was queued"));
    }

    /**
     * Compiles a constraint, unless it is kept.
     *
     * @throws org.dlora.constraint.grammar.ConstraintException if it cannot be enforced
     */
    public static void compile(SelectedModel selected, ConstraintDefinition definition) {
        var compiler = selected.served().models().base().constraints();
        if (KEPT_ALONE.isBound() && !compiler.isKept(definition)) {
            throw new UncompiledException();
        }
        var _ = compiler.compile(definition);
    }
}
