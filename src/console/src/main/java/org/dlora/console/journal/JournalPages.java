package org.dlora.console.journal;

import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The journal, the log, and the bundle for diagnosis. */
@Configuration(proxyBeanMethods = false)
@Import({
    JournalController.class,
    LatestChanges.class,
    Redaction.class,
    LogLines.class,
    LogPanel.class,
    LogController.class,
    LogFileTail.class,
    LogFileController.class,
    SettingsReport.class,
    Diagnostics.class,
    DiagnosticsController.class
})
public class JournalPages {

    @Bean
    LivePanel journalLatest(LatestChanges changes, Administration administration) {
        return new LatestPanel(changes, administration, false);
    }

    @Bean
    LivePanel journalLatestActions(LatestChanges changes, Administration administration) {
        return new LatestPanel(changes, administration, true);
    }
}
