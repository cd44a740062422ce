package org.dlora.app;

import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.stereotype.Component;

/**
 * Closes what a failed start has opened before its reason is told, so that the reason is the last
 * that is read. Spring Boot closes it afterwards, and says so.
 */
@Component
final class FailedStart implements ApplicationListener<ApplicationFailedEvent> {
    @Override
    public void onApplicationEvent(ApplicationFailedEvent event) {
        var context = event.getApplicationContext();
        if (context != null) {
            context.close();
        }
    }
}
