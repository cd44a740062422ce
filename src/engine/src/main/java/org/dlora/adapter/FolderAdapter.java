package org.dlora.adapter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.adapter.content.Adapter;
import org.dlora.adapter.content.AdapterShape;
import org.dlora.adapter.weights.AdapterRestore;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.adapter.weights.PackedAdapters;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryReservation;
import org.dlora.model.AdapterFormat;
import org.dlora.model.BaseModel;
import org.dlora.model.cache.Fingerprint;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;

/**
 * A registered adapter in a folder. Files that have not changed since their content was validated
 * are not read again for that.
 */
public final class FolderAdapter implements RegisteredAdapter {
    private final String name;
    private final Path folder;
    private final BaseModel base;
    private final ContentMemo memo;
    private final long bytes;
    private final List<String> warnings;
    private final AdapterFormat format;
    private final AdapterShape shape;
    private final Optional<String> expected;
    private final InstantSource clock;

    /** Written under this object's lock, so that readers never wait for a validation. */
    private volatile @Nullable Validated validated;

    /**
     * Content that was validated.
     *
     * @param files fingerprint of the files then; empty if a change of them might not change it
     */
    private record Validated(String version, Optional<String> files) {}

    private FolderAdapter(
            Adapter outline,
            AdapterUploader uploader,
            ContentMemo memo,
            Optional<String> expected,
            InstantSource clock) {
        name = outline.name();
        folder = outline.folder();
        base = outline.base();
        this.memo = memo;
        this.expected = expected;
        this.clock = clock;
        format = outline.format();
        shape = AdapterShape.of(outline.tensors());
        bytes = uploader.bytes(outline);
        warnings = outline.warnings();
    }

    private FolderAdapter(FolderAdapter moved, Path folder) {
        name = moved.name;
        this.folder = folder;
        base = moved.base;
        memo = moved.memo;
        expected = moved.expected;
        clock = moved.clock;
        format = moved.format;
        shape = moved.shape;
        bytes = moved.bytes;
        warnings = moved.warnings;
        validated = moved.validated;
    }

    /** See {@link RegisteredAdapter#of}. */
    public static FolderAdapter of(
            String name, Path folder, BaseModel base, AdapterUploader uploader, ContentMemo memo) {
        return of(name, folder, base, uploader, memo, InstantSource.system());
    }

    /** Does the same with another clock than the system's. */
    public static FolderAdapter of(
            String name,
            Path folder,
            BaseModel base,
            AdapterUploader uploader,
            ContentMemo memo,
            InstantSource clock) {
        return of(name, folder, base, uploader, memo, Optional.empty(), clock);
    }

    /**
     * Does the same with an adapter whose content is known.
     *
     * @param expected the version that it must have; empty if any will do
     */
    public static FolderAdapter of(
            String name,
            Path folder,
            BaseModel base,
            AdapterUploader uploader,
            ContentMemo memo,
            Optional<String> expected,
            InstantSource clock) {
        try (var outline = AdapterLoader.open(name, folder, base, "")) {
            var registered = new FolderAdapter(outline, uploader, memo, expected, clock);
            registered.recall(registered.files(outline));
            return registered;
        }
    }

    private synchronized void recall(Optional<String> files) {
        files.flatMap(memo::version)
                .filter(version -> expected.isEmpty() || expected.get().equals(version))
                .ifPresent(version -> validated = new Validated(version, files));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Path folder() {
        return folder;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public List<String> warnings() {
        return warnings;
    }

    @Override
    public AdapterShape shape() {
        return shape;
    }

    @Override
    public AdapterFormat format() {
        return format;
    }

    @Override
    public Optional<String> version() {
        return Optional.ofNullable(validated).map(Validated::version);
    }

    @Override
    public Optional<String> knownVersion() {
        return version().or(() -> expected);
    }

    @Override
    public synchronized String validate() {
        var known = validated;
        return known == null ? read() : known.version();
    }

    private String read() {
        Optional<String> before;
        try (var outline = AdapterLoader.open(name, folder, base, "")) {
            before = files(outline);
        }
        try (var adapter = AdapterLoader.load(name, folder, base)) {
            return keep(adapter, before);
        }
    }

    /**
     * Notes that the content of {@code adapter} is valid.
     *
     * @param before the files' fingerprint before their content was read
     * @return the content's version
     */
    private synchronized String keep(Adapter adapter, Optional<String> before) {
        var version = adapter.version();
        if (expected.isPresent() && !expected.get().equals(version)) {
            throw changed();
        }
        var unchanged = before.filter(files -> files(adapter).equals(Optional.of(files)));
        unchanged.ifPresent(files -> memo.remember(files, version));
        validated = new Validated(version, unchanged);
        return version;
    }

    @Override
    public RegisteredAdapter movedTo(Path other) {
        return new FolderAdapter(this, other);
    }

    @Override
    public AdapterWeights upload(AdapterUploader to, MemoryReservation memory, UploadPace pace) {
        try {
            var version = validate();
            try (var adapter = validatedContent(version)) {
                var restore = restore(to, memory, pace, LoadOrigin.PACKED);
                return entry(to)
                        .flatMap(entry -> to.packed().load(entry, name, version, restore))
                        .orElseGet(() -> to.upload(adapter, memory, pace));
            }
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    private AdapterRestore restore(
            AdapterUploader to, MemoryReservation memory, UploadPace pace, LoadOrigin origin) {
        return new AdapterRestore(to.device(), base.spec(), memory, pace, origin);
    }

    @Override
    public Optional<AdapterWeights> copy(
            AdapterWeights resident,
            AdapterUploader to,
            MemoryReservation memory,
            UploadPace pace) {
        if (!version().equals(Optional.of(resident.version()))) {
            return Optional.empty();
        }
        return resident.copy(restore(to, memory, pace, LoadOrigin.MEMORY));
    }

    @Override
    public LoadOrigin expectedOrigin(AdapterUploader to) {
        return entry(to).filter(to.packed()::has).isPresent() ? LoadOrigin.PACKED : LoadOrigin.FILE;
    }

    @Override
    public void keepPacked(AdapterWeights weights, AdapterUploader to) {
        if (version().equals(Optional.of(weights.version()))) {
            entry(to).ifPresent(entry -> to.packed().keep(entry, weights));
        }
    }

    /** Returns the entry of the packed adapter; empty where none can be kept. */
    private Optional<String> entry(AdapterUploader to) {
        if (!to.packed().isKeeping()) {
            return Optional.empty();
        }
        var model = new ArrayList<>(base.tensors().files());
        model.add(base.folder().resolve("config.json"));
        return version()
                .flatMap(version ->
                        fingerprint(model)
                                .flatMap(files -> PackedAdapters.entry(version, files, to)));
    }

    /** Opens the files, and validates them anew if somebody may have written to them. */
    private Adapter validatedContent(String version) {
        var adapter = AdapterLoader.open(name, folder, base, version);
        var files = files(adapter);
        if (files.isPresent() && files.equals(knownFiles())) {
            return adapter;
        }
        adapter.close();
        var again = AdapterLoader.load(name, folder, base);
        if (!again.version().equals(version)) {
            again.close();
            throw changed();
        }
        keep(again, files);
        return again;
    }

    private LoadException changed() {
        return new LoadException(
                "The files in %s have changed since adapter %s was registered; load it again to serve what they hold now"
                        .formatted(folder, name));
    }

    private Optional<String> knownFiles() {
        return Optional.ofNullable(validated).flatMap(Validated::files);
    }

    /**
     * Returns the fingerprint of the adapter's files and of the base model's; empty if a change may
     * leave it as it is.
     */
    private Optional<String> files(Adapter adapter) {
        var files = new ArrayList<Path>();
        files.add(folder.resolve(AdapterConfig.FILE));
        files.addAll(adapter.source().files());
        AdapterFormat.FILES.stream().map(folder::resolve).filter(Files::exists).forEach(files::add);
        files.addAll(base.tensors().files());
        return fingerprint(files);
    }

    private Optional<String> fingerprint(List<Path> files) {
        try {
            return Fingerprint.of(files)
                    .filter(state -> state.isSettled(clock.instant()))
                    .map(Fingerprint::id);
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
