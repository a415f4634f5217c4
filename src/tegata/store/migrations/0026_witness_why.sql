-- Why a witness has not cosigned, told beside how often it was asked in vain.

ALTER TABLE log_cosigners ADD COLUMN why TEXT NOT NULL DEFAULT '';
