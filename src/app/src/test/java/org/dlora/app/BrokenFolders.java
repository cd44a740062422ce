package org.dlora.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;

/** Adapter folders that a server must refuse. */
final class BrokenFolders {
    private BrokenFolders() {}

    /** Defect of a folder. */
    enum Kind {
        CUT_SHORT("adapter_model.safetensors"),
        NOT_A_NUMBER("NaN"),
        MISSING_TENSOR("missing");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /** Returns words of the refusal. */
        String words() {
            return words;
        }

        /** Returns the folder's path below {@code parent}. */
        String path(String parent, String adapter) {
            return parent + "/" + adapter + "-" + name().toLowerCase(Locale.ROOT);
        }
    }

    /** Writes a folder of each kind, which would be {@code adapter} if it were whole. */
    static void write(Path parent, String adapter, AdapterFiles files) throws IOException {
        for (var kind : Kind.values()) {
            var folder = Path.of(kind.path(parent.toString(), adapter));
            switch (kind) {
                case CUT_SHORT -> {
                    var file = files.write(folder).resolve(AdapterFiles.TENSORS);
                    var bytes = Files.readAllBytes(file);
                    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
                }
                case NOT_A_NUMBER -> withNan(files).write(folder);
                case MISSING_TENSOR -> withoutLast(files).write(folder);
            }
        }
    }

    private static AdapterFiles withNan(AdapterFiles files) {
        var tensors = new LinkedHashMap<>(files.tensors());
        var last = tensors.lastEntry();
        var data = last.getValue().data().clone();
        Arrays.fill(data, data.length - last.getValue().elementBytes(), data.length, (byte) 0x7f);
        data[data.length - 2] = (byte) 0xff;
        tensors.put(
                last.getKey(),
                new AdapterFiles.Values(last.getValue().dtype(), last.getValue().shape(), data));
        return new AdapterFiles(files.config(), tensors);
    }

    private static AdapterFiles withoutLast(AdapterFiles files) {
        var tensors = new LinkedHashMap<>(files.tensors());
        tensors.pollLastEntry();
        return new AdapterFiles(files.config(), tensors);
    }
}
