package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import org.dlora.catalogue.served.BrokenAdapter;
import org.junit.jupiter.api.Test;

class BrokenAdaptersTest {
    private final BrokenAdapters broken = new BrokenAdapters(InstantSource.system());

    private void add(String name, String problem) {
        broken.add(name, Path.of(name), problem);
    }

    @Test
    void theLastProblemOfANameCounts() {
        add("a", "one");
        add("b", "two");
        add("a", "three");
        assertThat(broken.all()).extracting(BrokenAdapter::problem).containsExactly("two", "three");
        broken.remove("b");
        assertThat(broken.all()).extracting(BrokenAdapter::name).containsExactly("a");
    }

    @Test
    void theOldestAreForgotten() {
        for (int i = 0; i < BrokenAdapters.MOST + 5; i++) {
            add("a" + i, "x");
        }
        assertThat(broken.all()).hasSize(BrokenAdapters.MOST);
        assertThat(broken.all().getFirst().name()).isEqualTo("a5");
    }
}
