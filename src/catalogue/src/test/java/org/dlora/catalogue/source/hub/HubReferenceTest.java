package org.dlora.catalogue.source.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.dlora.catalogue.source.fetch.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubReferenceTest {
    @Test
    void readsRepositoryAndRevision() {
        assertThat(HubReference.parse("hf:org/name"))
                .isEqualTo(new HubReference("org/name", "main"))
                .hasToString("hf:org/name");
        assertThat(HubReference.parse("hf:org/name@refs/pr/1"))
                .isEqualTo(new HubReference("org/name", "refs/pr/1"))
                .hasToString("hf:org/name@refs/pr/1");
        assertThat(HubReference.parse("hf:gpt2").repository()).isEqualTo("gpt2");
        assertThat(HubReference.parse("hf:a/b.c_d-e@v1.0+x").revision()).isEqualTo("v1.0+x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf:",
                "hf:/name",
                "hf:org/",
                "hf:a/b/c",
                "hf:../etc",
                "hf:org/..",
                "hf:org/na me",
                "hf:org/a--b",
                "hf:org/name@",
                "hf:org/name@../../x",
                "hf:org/name@/x",
                "hf:org/name@a//b",
                "hf:org/name@a?b",
                "hf:org/name@a@b",
                "hf:org/<script>",
                "hf:org/имя",
                "hf://org/name",
                "hf:org/name\n"
            })
    void otherReferencesAreRefused(String text) {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> HubReference.parse(text))
                .withMessageContaining("names no repository of the hub; expected hf:org/name");
    }
}
