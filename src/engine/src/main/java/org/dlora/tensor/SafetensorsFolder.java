package org.dlora.tensor;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The weights of a Hugging Face folder: one file {@code <stem>.safetensors}, or shards listed in
 * {@code <stem>.safetensors.index.json}. The files are memory-mapped and validated whole. Where
 * both exist the single file is used, as in transformers.
 */
public final class SafetensorsFolder implements TensorSource {
    private final String file;
    private final Arena arena;
    private final List<FileState> opened;
    private final Map<String, Tensor> tensors;

    private SafetensorsFolder(
            String file, Arena arena, List<FileState> opened, Map<String, Tensor> tensors) {
        this.file = file;
        this.arena = arena;
        this.opened = List.copyOf(opened);
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Maps the weights in {@code folder}.
     *
     * @param stem {@code model} or {@code adapter_model}
     * @throws LoadException if a file is missing or malformed in any way
     */
    @SuppressWarnings("MustBeClosed") // the folder owns the arena and closes it
    public static SafetensorsFolder open(Path folder, String stem) {
        var single = folder.resolve(stem + ".safetensors");
        var index = folder.resolve(stem + ".safetensors.index.json");
        var arena = Arena.ofShared();
        try {
            var opened = new ArrayList<FileState>();
            if (Files.exists(single)) {
                var tensors = map(single, arena, opened);
                return new SafetensorsFolder(
                        single.getFileName().toString(), arena, opened, tensors);
            }
            if (Files.exists(index)) {
                var tensors = shards(folder, index, arena, opened);
                return new SafetensorsFolder(
                        index.getFileName().toString(), arena, opened, tensors);
            }
            throw LoadException.missing(
                    single,
                    "%s, and so is %s; weights are read from safetensors only, so copy one of them there"
                            .formatted(folder, index.getFileName()));
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static Map<String, Tensor> map(Path file, Arena arena, List<FileState> opened) {
        opened.add(FileState.of(file));
        return SafetensorsFile.map(file, arena);
    }

    private static Map<String, Tensor> shards(
            Path folder, Path index, Arena arena, List<FileState> opened) {
        var shardOf = ShardIndex.read(index);
        var tensors = new LinkedHashMap<String, Tensor>();
        var holder = new LinkedHashMap<String, String>();
        for (var shard : new LinkedHashSet<>(shardOf.values())) {
            map(folder.resolve(shard), arena, opened)
                    .forEach((name, tensor) -> {
                        tensors.put(name, tensor);
                        var other = holder.put(name, shard);
                        if (other != null) {
                            throw LoadException.in(
                                    index,
                                    "tensor " + name + " is in both " + other + " and " + shard);
                        }
                    });
        }
        shardOf.forEach((name, shard) -> {
            if (!shard.equals(holder.get(name))) {
                throw LoadException.in(index, "tensor " + name + " is missing from " + shard);
            }
        });
        return tensors;
    }

    /** Returns the name of the weight file, or of the index of its shards. */
    public String file() {
        return file;
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public Tensor tensor(String name) {
        var tensor = tensors.get(name);
        if (tensor == null) {
            throw new LoadException(file + ": tensor " + name + " is missing");
        }
        return tensor;
    }

    @Override
    public List<Path> files() {
        return opened.stream().map(FileState::file).toList();
    }

    @Override
    public void checkUnchanged() {
        for (var state : opened) {
            if (state.isPast()) {
                throw LoadException.in(
                        state.file(),
                        "was written to while it was read; load it again once it is whole");
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
