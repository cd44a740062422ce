package org.dlora.api.admin;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.dlora.adapter.source.Acquisition;
import org.dlora.adapter.source.Upload;
import org.dlora.adapter.source.fetch.SourceException;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.BodyReader;
import org.dlora.api.openai.Caller;
import org.dlora.api.openai.Fields;
import org.dlora.api.openai.Revocation;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.Access;
import org.dlora.security.AccessRefusedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.multipart.FilePartEvent;
import org.springframework.http.codec.multipart.FormPartEvent;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import tools.jackson.databind.node.ObjectNode;

/**
 * Endpoint that acquires an adapter: from a source that the body names, or from files in the body.
 * It answers 201 when the adapter is served, or 202 with the job if the client does not wait.
 */
@RestController
final class AcquisitionController {
    private static final Logger log = LoggerFactory.getLogger(AcquisitionController.class);
    private static final String PATH = "/admin/adapters";
    private static final String FILES = "files";

    /** Begins of sources on other hosts; all others may be paths of this one. */
    private static final List<String> REMOTE = List.of("hf:", "https:", "s3:");

    /** Parts in flight from the connection to the disk, each of at most some 64 KB. */
    private static final int PARTS = 4;

    private static final int MOST_SHOWN = 500;
    private static final long MOST_READ_PAST = 64L << 20;

    /**
     * Reactor's key for errors that nobody waits for any more: a client that goes away is told of
     * twice.
     */
    private static final String DROPPED = "reactor.onErrorDropped.local";

    private final Serving serving;
    private final BodyReader bodyReader;
    private final ClusterEvents events;

    AcquisitionController(Serving serving, BodyReader bodyReader, ClusterEvents events) {
        this.serving = serving;
        this.bodyReader = bodyReader;
        this.events = events;
    }

    /** A job that has begun, and whether the client waits for its end. */
    private record Begun(Acquisition job, boolean isAwaited) {}

    /** An upload, and whether the client waits for the adapter. */
    private static final class Reception {
        private final Upload upload;
        private final Access access;
        private boolean isAwaited = true;

        /** Whether the next part goes on with the file of the last one. */
        private boolean isInFile;

        /** Why the upload is not taken, once that is known. */
        private @Nullable RuntimeException refusal;

        /** Bytes that came after that. */
        private long readPast;

        Reception(Upload upload, Access access) {
            this.upload = upload;
            this.access = access;
        }
    }

    @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<AcquisitionBody>> fetch(
            @RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest call) {
        return bodyReader
                .read(body, (json, served) -> begin(json, served, Caller.of(call)))
                .flatMap(begun -> answer(begun.job, begun.isAwaited))
                .onErrorMap(AcquisitionErrors::answer);
    }

    @PostMapping(path = PATH, consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    Mono<ResponseEntity<AcquisitionBody>> upload(
            @RequestBody Flux<PartEvent> parts, ServerHttpRequest call) {
        return Mono.usingWhen(
                        Mono.fromCallable(() -> begin(call))
                                .subscribeOn(Schedulers.boundedElastic()),
                        reception -> receive(reception, parts),
                        reception -> end(reception, null),
                        AcquisitionController::end,
                        reception -> end(reception, new CancellationException()))
                .doOnNext(begun -> audit(Caller.of(call), "adapter.upload", begun.job))
                .flatMap(begun -> answer(begun.job, begun.isAwaited))
                .onErrorMap(AcquisitionErrors::answer)
                .contextWrite(
                        Context.of(DROPPED, (Consumer<Throwable>) AcquisitionController::ignore));
    }

    private static void ignore(Throwable dropped) {
        log.debug("An upload broke off: {}", dropped.toString());
    }

    /**
     * Refuses all other bodies, which would be taken for a change of an adapter without a name. It
     * takes any type by name, or a call without a body would be as much one for {@link #fetch}.
     */
    @PostMapping(path = PATH, consumes = MediaType.ALL_VALUE)
    Mono<AcquisitionBody> refuse(ServerHttpRequest call) {
        return Mono.error(
                ApiException.of(
                        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                        "The Content-Type must be application/json or multipart/form-data, but is %s."
                                .formatted(
                                        StringUtils.truncate(
                                                String.valueOf(
                                                        call.getHeaders()
                                                                .getFirst(
                                                                        HttpHeaders
                                                                                .CONTENT_TYPE))))));
    }

    private Begun begin(ObjectNode json, Served served, String caller) {
        var jobs = AcquisitionErrors.jobs(served);
        var fields = Fields.of(json);
        var name = text(fields, "name", "what clients shall call the adapter");
        var source =
                text(
                        fields,
                        "source",
                        "hf:org/name[@revision], https://…, s3://… or the path of a folder below a root");
        boolean inPlace = fields.flag("in_place", false);
        boolean isAwaited = fields.flag("wait", true);
        fields.end();
        served.access().requireChange(name);
        if (REMOTE.stream().noneMatch(source::startsWith)) {
            served.access().requireFolder(source);
        }
        var job = jobs.begin(name, source, inPlace, caller);
        // Escaped, as it is JSON.
        log.info(
                "Adapter to be acquired, ordered by {}: {}",
                caller,
                StringUtils.truncate(json.toString(), MOST_SHOWN));
        audit(caller, "adapter.acquire", job);
        return new Begun(job, isAwaited);
    }

    private static String text(Fields fields, String name, String what) {
        var text = Fields.text(name, fields.required(name, what));
        if (text.isBlank()) {
            throw ApiException.invalid(name, "'" + name + "' is empty: give " + what + ".");
        }
        return text;
    }

    private void audit(String caller, String action, Acquisition job) {
        var report = job.report();
        events.done(
                caller,
                action,
                report.name().orElse(""),
                null,
                Map.of(
                        "job", report.id(),
                        "source", report.source(),
                        "in_place", report.inPlace()));
    }

    private Reception begin(ServerHttpRequest call) {
        var served = serving.require(call);
        var caller = Caller.of(call);
        var upload = AcquisitionErrors.jobs(served).upload();
        upload.job().by(caller);
        log.info("Adapter uploaded by {}", caller);
        return new Reception(upload, served.access());
    }

    private static Mono<Begun> receive(Reception reception, Flux<PartEvent> parts) {
        var cancelled =
                Mono.fromFuture(reception.upload.job().done()).onErrorResume(_ -> Mono.empty());
        return parts.doOnDiscard(PartEvent.class, part -> DataBufferUtils.release(part.content()))
                .publishOn(Schedulers.boundedElastic(), PARTS)
                .takeUntilOther(cancelled)
                .transform(all -> Revocation.watch(all, reception.access))
                .doOnNext(part -> take(reception, part))
                .then(Mono.fromCallable(() -> new Begun(finish(reception), reception.isAwaited)));
    }

    private static Acquisition finish(Reception reception) {
        if (reception.refusal != null) {
            throw reception.refusal;
        }
        return reception.upload.finish();
    }

    private static void take(Reception reception, PartEvent part) {
        try {
            if (reception.refusal == null) {
                takeOrRefuse(reception, part);
            } else {
                reception.readPast += part.content().readableByteCount();
                if (reception.readPast > MOST_READ_PAST) {
                    throw reception.refusal;
                }
            }
        } finally {
            DataBufferUtils.release(part.content());
        }
    }

    /**
     * Takes a part, or keeps the refusal until the client has sent all, up to a limit: one that
     * still sends would see a broken connection instead of the answer.
     */
    private static void takeOrRefuse(Reception reception, PartEvent part) {
        try {
            switch (part) {
                case FormPartEvent field -> take(reception, field.name(), field.value());
                case FilePartEvent file -> take(reception, file);
                default ->
                        throw SourceException.refused(
                                "A part of the body is neither a field nor a file");
            }
        } catch (SourceException | AccessRefusedException e) {
            reception.refusal = e;
        }
    }

    private static void take(Reception reception, String field, String value) {
        switch (field) {
            case "name" -> {
                reception.access.requireChange(value);
                reception.upload.name(value);
            }
            case "in_place" -> reception.upload.inPlace(flag(field, value));
            case "wait" -> reception.isAwaited = flag(field, value);
            default ->
                    throw SourceException.refused(
                            "Unknown field '%s'; known are name, in_place, wait and files"
                                    .formatted(StringUtils.truncate(field)));
        }
    }

    private static boolean flag(String field, String value) {
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw SourceException.refused(
                            "The field %s must be true or false, but is '%s'"
                                    .formatted(field, StringUtils.truncate(value)));
        };
    }

    private static void take(Reception reception, FilePartEvent part) {
        if (!part.name().equals(FILES)) {
            throw SourceException.refused(
                    "The file %s is in the field '%s'; expected '%s'"
                            .formatted(
                                    StringUtils.truncate(part.filename()),
                                    StringUtils.truncate(part.name()),
                                    FILES));
        }
        if (!reception.isInFile) {
            reception.upload.begin(part.filename());
        }
        try (var buffers = part.content().readableByteBuffers()) {
            buffers.forEachRemaining(reception.upload::write);
        }
        reception.isInFile = !part.isLast();
    }

    private static Mono<Void> end(Reception reception, @Nullable Throwable cause) {
        return Mono.<Void>fromRunnable(
                        () -> {
                            if (cause != null) {
                                reception.upload.fail(cause);
                            }
                            reception.upload.close();
                        })
                .subscribeOn(Schedulers.boundedElastic());
    }

    private static Mono<ResponseEntity<AcquisitionBody>> answer(
            Acquisition job, boolean isAwaited) {
        if (!isAwaited) {
            return Mono.just(
                    ResponseEntity.status(HttpStatus.ACCEPTED)
                            .header(HttpHeaders.LOCATION, "/admin/adapter-jobs/" + job.id())
                            .body(AcquisitionBody.of(job.report())));
        }
        return Mono.fromFuture(job.done())
                .map(report ->
                        ResponseEntity.status(HttpStatus.CREATED).body(AcquisitionBody.of(report)));
    }
}
