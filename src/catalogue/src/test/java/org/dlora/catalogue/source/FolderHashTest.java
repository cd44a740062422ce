package org.dlora.catalogue.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderHashTest {
    @TempDir Path folder;

    @Test
    void coversWeightsByTheirVersionAndAllOtherKeptFilesByTheirBytes() throws IOException {
        write("adapter_config.json", "{}");
        write("adapter_model.safetensors", "weights");
        var first = FolderHash.of("v1", folder);
        assertThat(FolderHash.isOne(first)).isTrue();
        assertThat(FolderHash.of("v1", folder)).isEqualTo(first);
        assertThat(FolderHash.of("v2", folder)).isNotEqualTo(first);
        write("adapter_model.safetensors", "the same weights, written otherwise");
        write("adapter_model.safetensors.index.json", "{}");
        write("README.md", "hello");
        assertThat(FolderHash.of("v1", folder)).isEqualTo(first);
        write("chat_template.jinja", "{{ x }}");
        var withTemplate = FolderHash.of("v1", folder);
        assertThat(withTemplate).isNotEqualTo(first);
        write("chat_template.jinja", "{{ y }}");
        assertThat(FolderHash.of("v1", folder)).isNotIn(first, withTemplate);
        Files.delete(folder.resolve("chat_template.jinja"));
        write("adapter_config.json", "{ }");
        assertThat(FolderHash.of("v1", folder)).isNotEqualTo(first);
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }
}
