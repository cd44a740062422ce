package org.dlora.console.adapters;

import static java.util.Objects.requireNonNullElse;
import static org.dlora.console.page.PageForms.leadTo;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.uploads.UploadReceiver;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.FolderListing;
import org.dlora.catalogue.source.Acquisition;
import org.dlora.catalogue.source.AcquisitionJob;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.catalogue.source.fetch.PublicSource;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageAddress;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.adapters.AcquisitionCommands;
import org.dlora.security.Access;
import org.dlora.security.web.ConsolePaths;
import org.dlora.security.web.UploadToken;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Forms that add an adapter, and the page of the job that acquires it. */
@Controller
final class AcquisitionPageController {
    private static final String ADD = "/console/adapters/add";
    private static final String JOB = "/console/adapter-job";

    private final Administration administration;
    private final PageRenderer pages;
    private final AcquisitionCommands acquisitions;
    private final UploadReceiver uploads;
    private final WorkPools pools;

    AcquisitionPageController(
            Administration administration,
            PageRenderer pages,
            AcquisitionCommands acquisitions,
            UploadReceiver uploads,
            WorkPools pools) {
        this.pools = pools;
        this.administration = administration;
        this.pages = pages;
        this.acquisitions = acquisitions;
        this.uploads = uploads;
    }

    /**
     * @param name of the adapter that gets a new version; else of a new adapter, or empty
     */
    @GetMapping(ADD)
    Mono<ResponseEntity<String>> add(
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestParam(name = "source", defaultValue = "") String source,
            ServerWebExchange exchange) {
        var access = RequestCaller.access(exchange.getRequest());
        var values = new HashMap<String, Object>();
        values.put("name", name);
        values.put("source", source);
        values.put(
                "isServed",
                access.mayUse(name)
                        && administration.read(
                                open -> open.catalogue().find(name).isPresent(), false));
        values.put("isOpen", administration.allowsAcquisitions());
        return pools.catalogue()
                .run(() -> folders(access))
                .flatMap(folders -> {
                    values.put("folders", folders);
                    return pages.page(exchange, "adapter-add", values);
                });
    }

    /** Lists folders for those who may load any of them. */
    private FolderListing folders(Access access) {
        return access.isLimited() || !administration.allowsUpdates()
                ? FolderListing.NONE
                : administration.adapters().folders();
    }

    @PostMapping("/console/adapters/fetch")
    Mono<ResponseEntity<String>> fetch(ServerWebExchange exchange) {
        var caller = RequestCaller.of(exchange.getRequest());
        return PageForms.change(
                exchange,
                fields -> address(fields.text("name"), fields.text("source")),
                fields ->
                        new Done(
                                address(fetch(caller, fields).id()),
                                "The adapter is being acquired."));
    }

    private AcquisitionJob fetch(Caller caller, FormFields fields) {
        try {
            return acquisitions.fetch(
                    caller,
                    new AcquisitionRequest(
                            fields.required("name", "Name"),
                            fields.required("source", "Source"),
                            fields.isChecked("in_place"),
                            !fields.text("activate").equals("false")));
        } catch (CommandRefusedException e) {
            throw TakenName.in(e.words())
                    .map(taken -> CommandRefusedException.invalid("name", taken.words()))
                    .orElse(e);
        }
    }

    /**
     * Takes an upload, whose files go to the disk as they come. Its first part is the token of its
     * form, without which nothing begins.
     *
     * @param name to which a refused form leads back; the upload's own name counts
     */
    @PostMapping(path = ConsolePaths.UPLOAD, consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    Mono<ResponseEntity<String>> upload(
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestBody Flux<PartEvent> parts,
            ServerWebExchange exchange) {
        // Not behind the reception, which releases what it takes.
        return parts.doOnDiscard(PartEvent.class, part -> DataBufferUtils.release(part.content()))
                .switchOnFirst((first, all) ->
                        UploadToken.check(exchange, first)
                                .thenMany(Flux.defer(() -> receive(name, all, exchange))))
                .next();
    }

    private Mono<ResponseEntity<String>> receive(
            String name, Flux<PartEvent> parts, ServerWebExchange exchange) {
        var caller = RequestCaller.of(exchange.getRequest());
        return uploads.receive(caller, parts, Set.of(UploadToken.FIELD))
                .flatMap(begun -> leadTo(address(begun.job().id())))
                .onErrorResume(e -> {
                    var words = PageForms.words(e);
                    if (words == null) {
                        return Mono.error(e);
                    }
                    var taken = TakenName.in(words);
                    return refused(
                            exchange,
                            taken.map(TakenName::name).orElse(name),
                            taken.map(TakenName::words).orElse(words));
                });
    }

    private static Mono<ResponseEntity<String>> refused(
            ServerWebExchange exchange, String name, String words) {
        return PageForms.change(
                exchange,
                address(name, ""),
                _ -> {
                    throw ApiException.invalid(null, words);
                });
    }

    @GetMapping(JOB)
    Mono<ResponseEntity<String>> job(
            @RequestParam(name = "id", defaultValue = "") String id, ServerWebExchange exchange) {
        var access = RequestCaller.access(exchange.getRequest());
        var job = AcquisitionCommands.seen(access, acquisitions.find(access, id).report());
        var values = new HashMap<>(values(administration, job));
        values.put("id", job.id());
        return pages.page(exchange, "adapter-job", values);
    }

    /** Returns the view of a job, with the number of the version that it has become. */
    static Map<String, @Nullable Object> values(Administration administration, Acquisition job) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("job", job);
        var error = requireNonNullElse(job.error(), "");
        var taken = TakenName.in(error);
        values.put("isTaken", taken.isPresent());
        values.put(
                "problems",
                taken.map(TakenName::problem).orElse(error).lines().map(String::strip).toList());
        var version = version(administration, job).map(VersionRecord::number);
        values.put("version", version.orElse(null));
        values.put(
                "isRouted",
                version.filter(number -> isRouted(administration, job, number)).isPresent());
        return values;
    }

    /** Returns the newest version whose files are those that a job has stored. */
    private static Optional<VersionRecord> version(Administration administration, Acquisition job) {
        return adapter(administration, job).stream()
                .flatMap(known -> known.record().versions().values().stream())
                .filter(version -> job.hash() != null && version.folder().endsWith(job.hash()))
                .max(Comparator.comparingInt(VersionRecord::number));
    }

    private static Optional<CatalogueEntry> adapter(
            Administration administration, Acquisition job) {
        return Optional.ofNullable(job.name())
                .flatMap(name ->
                        administration.read(open -> open.catalogue().find(name), Optional.empty()));
    }

    /** Returns whether requests for the name alone get a version. */
    private static boolean isRouted(Administration administration, Acquisition job, int version) {
        return adapter(administration, job)
                .filter(known -> known.record().route().weights().containsKey(version))
                .isPresent();
    }

    @PostMapping(JOB + "/cancel")
    Mono<ResponseEntity<String>> cancel(
            @RequestParam(name = "id", defaultValue = "") String id, ServerWebExchange exchange) {
        var caller = RequestCaller.of(exchange.getRequest());
        return PageForms.change(
                exchange,
                address(id),
                _ -> {
                    var _ = acquisitions.cancel(caller, id);
                    return new Done(address(id), "The job is cancelled; nothing is left of it.");
                });
    }

    private static String address(String name, String source) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("name", name);
        // An address is kept by browsers and proxies, so secrets have to be given again.
        parameters.put("source", PublicSource.of(source));
        return PageAddress.of(ADD, parameters);
    }

    private static String address(String id) {
        return PageAddress.of(JOB, "id", id);
    }
}
