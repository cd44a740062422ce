package org.dlora.api.admin.acquisitions;

import java.util.Set;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.uploads.UploadReceiver;
import org.dlora.api.uploads.UploadReceiver.Begun;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.source.Acquisition;
import org.dlora.catalogue.source.AcquisitionJob;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AcquisitionCommands;
import org.dlora.operate.adapters.AcquisitionRefusals;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Endpoint that acquires an adapter: from a source that the body names, or from files in the body.
 * It answers 201 when the adapter is served, or 202 with the job if the client does not wait.
 */
@RestController
public final class AcquisitionController {
    private static final String PATH = "/admin/adapters";

    private final BodyReader bodyReader;
    private final AcquisitionCommands commands;
    private final UploadReceiver uploads;

    AcquisitionController(
            BodyReader bodyReader, AcquisitionCommands commands, UploadReceiver uploads) {
        this.bodyReader = bodyReader;
        this.commands = commands;
        this.uploads = uploads;
    }

    @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<Acquisition>> fetch(
            @RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest call) {
        return bodyReader
                .read(body, (json, _) -> begin(json, RequestCaller.of(call)))
                .flatMap(begun -> answer(begun.job(), begun.isAwaited()))
                .onErrorMap(RuntimeException.class, AcquisitionRefusals::translated);
    }

    @PostMapping(path = PATH, consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    Mono<ResponseEntity<Acquisition>> upload(
            @RequestBody Flux<PartEvent> parts, ServerHttpRequest call) {
        return Mono.defer(() -> uploads.receive(RequestCaller.of(call), parts, Set.of()))
                .flatMap(begun -> answer(begun.job(), begun.isAwaited()))
                .onErrorMap(RuntimeException.class, AcquisitionRefusals::translated);
    }

    /**
     * Refuses all other bodies, which would be taken for a change of an adapter without a name. It
     * takes any type by name, or a call without a body would be as much one for {@link #fetch}.
     */
    @PostMapping(path = PATH, consumes = MediaType.ALL_VALUE)
    Mono<Acquisition> refuse(ServerHttpRequest call) {
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

    private Begun begin(ObjectNode json, Caller caller) {
        commands.requireOpen();
        var fields = Fields.of(json);
        var name = text(fields, "name", "what clients shall call the adapter");
        var source =
                text(
                        fields,
                        "source",
                        "hf:org/name[@revision], https://…, s3://… or the path of a folder below a root");
        boolean inPlace = fields.flag("in_place", false);
        boolean isActivated = fields.flag("activate", true);
        boolean isAwaited = fields.flag("wait", true);
        fields.end();
        var request = new AcquisitionRequest(name, source, inPlace, isActivated);
        return new Begun(commands.fetch(caller, request), isAwaited);
    }

    private static String text(Fields fields, String name, String what) {
        var text = Fields.text(name, fields.required(name, what));
        if (text.isBlank()) {
            throw ApiException.invalid(name, "'" + name + "' is empty: give " + what + ".");
        }
        return text;
    }

    private static Mono<ResponseEntity<Acquisition>> answer(AcquisitionJob job, boolean isAwaited) {
        if (!isAwaited) {
            return Mono.just(
                    ResponseEntity.status(HttpStatus.ACCEPTED)
                            .header(HttpHeaders.LOCATION, "/admin/adapter-jobs/" + job.id())
                            .body(job.report()));
        }
        return Mono.fromFuture(job.done())
                .map(report -> ResponseEntity.status(HttpStatus.CREATED).body(report));
    }
}
