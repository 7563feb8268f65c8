"""More costs: neuron updates and latency of a trial, parameters and neuron updates of a layer.

Revision: 0004. What ran before has none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trial", sa.Column("updates", sa.Double(), nullable=True))
    op.add_column("trial", sa.Column("latency", sa.Double(), nullable=True))
    op.add_column("layer_cost", sa.Column("parameters", sa.Integer(), nullable=True))
    op.add_column("layer_cost", sa.Column("updates", sa.Double(), nullable=True))


def downgrade() -> None:
    for table, columns in (("layer_cost", ("updates", "parameters")), ("trial", ("latency", "updates"))):
        for column in columns:
            with op.batch_alter_table(table) as batch:
                batch.drop_column(column)
