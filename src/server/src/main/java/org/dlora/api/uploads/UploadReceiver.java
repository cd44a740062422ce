package org.dlora.api.uploads;

import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.dlora.api.openai.call.Revocation;
import org.dlora.api.pools.WorkPools;
import org.dlora.catalogue.source.AcquisitionJob;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AcquisitionCommands;
import org.dlora.operate.adapters.AcquisitionRefusals;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.codec.multipart.PartEvent;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** Receiver of uploads from endpoints and forms. Thread-safe. */
public final class UploadReceiver {
    private static final Logger log = LoggerFactory.getLogger(UploadReceiver.class);

    /** Parts in flight from the connection to the disk, each of at most some 64 KB. */
    private static final int PARTS = 4;

    /**
     * Threads of their own for parts, which go to the disk as they come. An upload holds a thread
     * only while it writes a part, so uploads that trickle hold none.
     */
    private static final Scheduler DISK = Schedulers.newBoundedElastic(2, 1024, "upload", 60, true);

    /**
     * Reactor's key for errors that nobody waits for any more: a client that goes away is told of
     * twice.
     */
    private static final String DROPPED = "reactor.onErrorDropped.local";

    private final AcquisitionCommands commands;
    private final WorkPools pools;

    UploadReceiver(AcquisitionCommands commands, WorkPools pools) {
        this.commands = commands;
        this.pools = pools;
    }

    /**
     * A job that has begun.
     *
     * @param isAwaited whether the client waits for its end
     */
    public record Begun(AcquisitionJob job, boolean isAwaited) {}

    /**
     * Receives an upload: the fields {@code name}, {@code in_place}, {@code activate} and {@code
     * wait}, then {@code files}.
     *
     * @param ignored further fields, which say nothing of the adapter
     * @return the job once all files are there, or why they are not taken
     */
    public Mono<Begun> receive(Caller caller, Flux<PartEvent> parts, Set<String> ignored) {
        return Mono.usingWhen(
                        Mono.fromSupplier(PendingReception::new),
                        pending ->
                                pools.catalogue()
                                        .run(() -> pending.begin(() -> begin(caller, ignored)))
                                        .flatMap(reception -> receive(reception, parts)),
                        pending -> end(pending, null),
                        UploadReceiver::end,
                        pending -> end(pending, new CancellationException()))
                .doOnNext(begun -> commands.received(caller, begun.job))
                .onErrorMap(RuntimeException.class, AcquisitionRefusals::translated)
                .contextWrite(Context.of(DROPPED, (Consumer<Throwable>) UploadReceiver::ignore));
    }

    private UploadReception begin(Caller caller, Set<String> ignored) {
        return new UploadReception(commands.receive(caller), caller.access(), ignored);
    }

    private static Mono<Begun> receive(UploadReception reception, Flux<PartEvent> parts) {
        var cancelled = Mono.fromFuture(reception.job().done()).onErrorResume(_ -> Mono.empty());
        return parts.doOnDiscard(PartEvent.class, part -> DataBufferUtils.release(part.content()))
                .publishOn(DISK, PARTS)
                .takeUntilOther(cancelled)
                .transform(all -> Revocation.watch(all, reception.access()))
                .doOnNext(reception::take)
                .then(
                        Mono.fromCallable(
                                () -> new Begun(reception.finish(), reception.isAwaited())));
    }

    private static Mono<Void> end(PendingReception pending, @Nullable Throwable cause) {
        return Mono.<Void>fromRunnable(() -> pending.end(cause)).subscribeOn(DISK);
    }

    private static void ignore(Throwable dropped) {
        log.debug("An upload broke off: {}", dropped.toString());
    }
}
