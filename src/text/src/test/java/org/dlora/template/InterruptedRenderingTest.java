package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class InterruptedRenderingTest {
    @Test
    void anInterruptEndsARendering() {
        var template = ChatTemplate.parse("{% for i in range(1000) %}x{% endfor %}");
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> template.render(Map.of(), Clock.systemUTC()))
                .isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(template.render(Map.of(), Clock.systemUTC())).hasSize(1000);
    }
}
