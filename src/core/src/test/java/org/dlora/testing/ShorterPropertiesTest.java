package org.dlora.testing;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;

class ShorterPropertiesTest {
    private static int many;
    private static int few;

    @Property(tries = 200)
    void aLongPropertyIsShortened(@ForAll long seed) {
        many++;
    }

    @Property(tries = 25)
    void aShortPropertyKeepsTheFewestTries(@ForAll long seed) {
        few++;
    }

    @AfterContainer
    static void triesAreCounted() {
        boolean all = Boolean.getBoolean("dlora.test.long");
        assertThat(many).isIn(0, all ? 200 : 50);
        assertThat(few).isIn(0, all ? 25 : 20);
    }
}
