package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterNameTest {
    private static final String BASE = "base";

    @ParameterizedTest
    @ValueSource(strings = {"sql", "team/sql", "..", "versions", "a/versionsx", "\ud83d\ude80"})
    void newAdaptersMayHaveNamesOfAllKinds(String name) {
        assertThatCode(() -> AdapterName.check(name, BASE, true)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "sql@3, separates a name from a version",
        "sql/versions/3, ends like the address of a version",
        "sql/gate, ends like the address of a version"
    })
    void namesThatMeanPartsOfOthersAreKeptByThoseWhoHaveThem(String name, String why) {
        assertThatExceptionOfType(AdapterRefusedException.class)
                .isThrownBy(() -> AdapterName.check(name, BASE, true))
                .withMessageContaining(why);
        assertThatCode(() -> AdapterName.check(name, BASE, false)).doesNotThrowAnyException();
    }

    @Test
    void nobodyHasTheBaseModelsName() {
        var why = "conflicts with a served base model";
        assertThatExceptionOfType(AdapterRefusedException.class)
                .isThrownBy(() -> AdapterName.check(BASE, BASE, false))
                .withMessageContaining(why);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> AdapterName.check(BASE, BASE))
                .withMessageContaining(why);
    }

    @Test
    void namesAreCharactersThatShow() {
        for (var name : new String[] {"", " ", "a\nb", "\u0085", "n".repeat(256)}) {
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> AdapterName.check(name))
                    .withMessageContaining("1 to 255 characters");
        }
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> AdapterName.check("half \ud83d"))
                .withMessageContaining("half of a surrogate pair");
    }
}
