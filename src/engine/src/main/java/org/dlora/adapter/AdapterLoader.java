package org.dlora.adapter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.adapter.config.BaseModelCheck;
import org.dlora.adapter.content.Adapter;
import org.dlora.adapter.content.AdapterVersion;
import org.dlora.adapter.content.LoraTensors;
import org.dlora.adapter.content.ModuleSelection;
import org.dlora.adapter.content.TensorCheck;
import org.dlora.model.AdapterFormat;
import org.dlora.model.BaseModel;
import org.dlora.model.LinearModule;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Problems;
import org.dlora.tensor.SafetensorsFolder;
import org.dlora.tensor.TensorSource;
import org.jspecify.annotations.Nullable;

/**
 * Loads a folder that PEFT's {@code save_pretrained} wrote, as PEFT would apply it to the base
 * model, or refuses it. All or nothing: every field is understood, every tensor accounted for. A
 * refusal lists all that is wrong, as far as one problem does not hide another.
 */
public final class AdapterLoader {
    private static final String STEM = "adapter_model";

    private AdapterLoader() {}

    /**
     * Reads and validates the adapter in {@code folder}, whose name becomes the adapter's.
     *
     * @return the adapter, its weights mapped until it is closed
     * @throws LoadException of all problems if it is malformed, not supported or does not fit
     *     {@code base}
     */
    public static Adapter load(Path folder, BaseModel base) {
        return load(AdapterName.of(folder), folder, base);
    }

    /**
     * Does {@link #load(Path, BaseModel)} under a name of the caller's choice.
     *
     * @throws LoadException also if it cannot be a name
     */
    public static Adapter load(String name, Path folder, BaseModel base) {
        return load(name, folder, base, null);
    }

    /**
     * Reads and validates an adapter without the values of its tensors, which takes little time.
     *
     * @param version hash of the content, which was validated before, or will be before it is used
     * @throws LoadException of all problems of configuration and header
     */
    static Adapter open(String name, Path folder, BaseModel base, String version) {
        return load(name, folder, base, version);
    }

    private static Adapter load(
            String name, Path folder, BaseModel base, @Nullable String version) {
        AdapterName.check(name);
        try {
            return validated(name, folder, base, version);
        } catch (InternalError e) {
            // How the JVM tells that a mapped page is gone. Nobody above could go on after it.
            throw LoadException.cutShort(folder + ": a file, or one of the base model,", e);
        }
    }

    private static Adapter validated(
            String name, Path folder, BaseModel base, @Nullable String version) {
        var problems = new Problems();
        var config = problems.attempt(() -> AdapterConfig.read(folder));
        var modules =
                config.flatMap(
                        read -> problems.attempt(() -> ModuleSelection.of(read, allModules(base))));
        var source = problems.attempt(() -> open(folder));
        var format = problems.attempt(() -> AdapterFormat.read(folder, base));
        if (version == null) {
            problems.run(() -> AdapterFormat.checkTokenizer(folder, base));
        }
        try {
            if (modules.isEmpty() && version == null) {
                source.ifPresent(weights -> problems.addAll(values(weights)));
            }
            problems.throwIfAny();
            return adapter(
                    name,
                    folder,
                    config.orElseThrow(),
                    modules.orElseThrow(),
                    base,
                    source.orElseThrow(),
                    format.orElseThrow(),
                    version);
        } catch (RuntimeException | Error e) {
            source.ifPresent(TensorSource::close);
            throw e;
        }
    }

    private static Adapter adapter(
            String name,
            Path folder,
            AdapterConfig config,
            ModuleSelection modules,
            BaseModel base,
            SafetensorsFolder source,
            AdapterFormat format,
            @Nullable String version) {
        var tensors =
                new LoraTensors(source.file(), source, config, modules, base)
                        .match(version == null);
        var warnings = new ArrayList<>(modules.unmatched());
        warnings.addAll(
                BaseModelCheck.warnings(config, base.folder(), base.spec().matrixElements()));
        return new Adapter(
                name,
                version == null ? AdapterVersion.of(tensors) : version,
                folder,
                tensors,
                base,
                source,
                format,
                warnings);
    }

    /** Returns the problems that tensors have regardless of their use. */
    private static Stream<String> values(SafetensorsFolder source) {
        var check = new TensorCheck(source.file());
        return source.names().stream()
                .map(source::tensor)
                .flatMap(tensor -> check.values(tensor).stream());
    }

    private static SafetensorsFolder open(Path folder) {
        refusePickle(folder);
        return SafetensorsFolder.open(folder, STEM);
    }

    private static List<LinearModule> allModules(BaseModel base) {
        return Stream.concat(base.embeddings().stream(), base.modules().stream()).toList();
    }

    /** Refuses a pickle without opening it, because unpickling runs code. */
    private static void refusePickle(Path folder) {
        var pickle = folder.resolve(STEM + ".bin");
        boolean hasSafetensors =
                Files.exists(folder.resolve(STEM + ".safetensors"))
                        || Files.exists(folder.resolve(STEM + ".safetensors.index.json"));
        if (!hasSafetensors && Files.exists(pickle)) {
            throw LoadException.in(
                    pickle,
                    "an unsafe pickle, which could run code, so it is never opened; expected %s.safetensors. If you trust the file, convert it in Python: safetensors.torch.save_file(torch.load('%s.bin', weights_only=True), '%s.safetensors')"
                            .formatted(STEM, STEM, STEM));
        }
    }
}
