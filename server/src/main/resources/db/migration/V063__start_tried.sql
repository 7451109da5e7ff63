-- When the container was last seen not running and was told to start: it was not started before, whatever its machine's clock says.
alter table placement_attempt add column start_tried_at timestamptz;
