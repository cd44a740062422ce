package org.dlora.catalogue.source.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.dlora.catalogue.source.fetch.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntryNameTest {
    @Test
    void readsThePartsOfAPath() {
        assertThat(EntryName.parse("./a//b.json").parts()).containsExactly("a", "b.json");
        assertThat(EntryName.parse("a b/Имя.json").file()).isEqualTo("Имя.json");
        assertThat(EntryName.parse("./").parts()).isEmpty();
        assertThat(EntryName.parse("...").parts()).containsExactly("...");
        assertThat(EntryName.parse("a/\u00c4").key()).isEqualTo(EntryName.parse("A/a\u0308").key());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                "../a",
                "a/..",
                "a/../../b",
                "/a",
                "//a",
                "a\\b",
                "C:a",
                "c:/a",
                "a\0b",
                "a\nb",
                "a\u0085b"
            })
    void invalidNamesAndNamesLeadingOutOfTheFolderAreRefused(String name) {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> EntryName.parse(name))
                .withMessageContaining("expected a path inside the adapter's folder");
    }

    @Test
    void namesTooLongForFileSystemsAreRefused() {
        assertThat(EntryName.parse("n".repeat(255)).file()).hasSize(255);
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> EntryName.parse("я".repeat(128)))
                .withMessageContaining("255 bytes");
    }
}
